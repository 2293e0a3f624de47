"""The production arrangement: the compose file against the Compose specification, the proxy, the units, the image."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.environment import names_of_settings
from tests.servers import CHECKOUT

DEPLOY = CHECKOUT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
APP_SERVICES = ("prepare", "web", "worker", "beat")
SETTINGS = DEPLOY / "mingjing.env.example"

# From the Compose specification (compose-spec.io): the elements this file uses, and the type each may have.
TOP_LEVEL = {"name", "services", "networks", "volumes", "configs", "secrets", "include"}
SERVICE_ELEMENTS: dict[str, tuple[type, ...]] = {
    "build": (str, dict),
    "cap_drop": (list,),
    "command": (str, list, type(None)),
    "depends_on": (list, dict),
    "env_file": (str, list),
    "environment": (list, dict),
    "healthcheck": (dict,),
    "image": (str,),
    "networks": (list, dict),
    "ports": (list,),
    "read_only": (bool, str),
    "restart": (str,),
    "security_opt": (list,),
    "shm_size": (int, str),
    "stop_grace_period": (str,),
    "tmpfs": (str, list),
    "volumes": (list,),
}
HEALTHCHECK_ELEMENTS = {"test", "interval", "timeout", "retries", "start_period", "start_interval", "disable"}
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}
DURATION = re.compile(r"^(\d+(\.\d+)?(us|ms|s|m|h))+$")


def test_the_compose_file_has_only_elements_of_the_specification() -> None:
    assert {key for key in COMPOSE if not key.startswith("x-")} <= TOP_LEVEL
    assert re.fullmatch(r"[a-z0-9][a-z0-9_-]*", COMPOSE["name"])
    for name, service in SERVICES.items():
        assert re.fullmatch(r"[a-zA-Z0-9._-]+", name)
        for element, value in service.items():
            assert element in SERVICE_ELEMENTS, f"{name}: {element} is not an element this test knows from the specification"
            assert isinstance(value, SERVICE_ELEMENTS[element]), f"{name}.{element} has the wrong type"
        assert "image" in service or "build" in service, f"{name} has neither image nor build"


def test_strings_stand_where_the_specification_wants_strings() -> None:
    for name, service in SERVICES.items():
        for element in ("command", "cap_drop", "security_opt", "env_file", "tmpfs", "ports", "volumes"):
            value = service.get(element, [])
            assert all(isinstance(part, str) for part in (value if isinstance(value, list) else [value])), f"{name}.{element}"
        assert all(isinstance(value, str) for value in service.get("environment", {}).values()), f"{name}.environment"
        assert service.get("restart", "no") in {"no", "always", "on-failure", "unless-stopped"}
        assert DURATION.match(service.get("stop_grace_period", "10s"))


def test_healthchecks_are_complete() -> None:
    for name in ("postgres", "redis", "web"):
        check = SERVICES[name]["healthcheck"]
        assert set(check) <= HEALTHCHECK_ELEMENTS
        assert check["test"][0] in {"CMD", "CMD-SHELL", "NONE"}
        assert all(DURATION.match(check[key]) for key in ("interval", "timeout"))
        assert isinstance(check["retries"], int)


def test_every_reference_names_something_that_exists() -> None:
    for name, service in SERVICES.items():
        for other, rule in service.get("depends_on", {}).items():
            assert other in SERVICES, f"{name} depends on {other}"
            assert rule["condition"] in CONDITIONS
            if rule["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[other], f"{name} waits for the health of {other}, which has no healthcheck"
        assert set(service.get("networks", [])) <= set(COMPOSE["networks"])
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("./"):
                assert source == "./deploy/tls" or (CHECKOUT / source).exists(), f"{name} mounts {source}, which does not exist"
            else:
                assert source in COMPOSE["volumes"], f"{name} mounts the volume {source}, which is not declared"
        if isinstance(service.get("build"), dict):
            assert (CHECKOUT / service["build"]["dockerfile"]).exists()


def test_all_parts_are_there_and_only_the_proxy_is_reachable() -> None:
    assert {"postgres", "redis", "web", "worker", "beat", "proxy"} <= set(SERVICES)
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert all(service["networks"] == ["inside"] for name, service in SERVICES.items() if name != "proxy")


def test_servers_are_of_the_versions_the_documentation_asks_for() -> None:
    major = {name: int(re.match(r"\w+:(\d+)", SERVICES[name]["image"])[1]) for name in ("postgres", "redis")}  # type: ignore[index]
    assert major["postgres"] >= 15 and major["redis"] >= 7
    assert not [name for name, service in SERVICES.items() if service["image"].endswith(":latest") or ":" not in service["image"]]


def test_every_setting_given_by_the_deployment_is_one_that_is_read() -> None:
    known = set(names_of_settings())
    for name in APP_SERVICES:
        assert set(SERVICES[name]["environment"]) <= known
    written = set(re.findall(r"^#? ?([A-Z_]+)=", SETTINGS.read_text(encoding="utf-8"), re.MULTILINE))
    assert written - known == {"POSTGRES_PASSWORD", "REDIS_PASSWORD"}
    assert {"SECRET_KEY", "HASH_KEY", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS"} <= written


def test_the_example_holds_no_secret() -> None:
    for name in ("SECRET_KEY", "HASH_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD"):
        assert re.search(rf"^{name}=$", SETTINGS.read_text(encoding="utf-8"), re.MULTILINE)


def test_docker_compose_itself_accepts_the_file(tmp_path: Path) -> None:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("docker compose is not installed; the assertions above are what was checked")
    shutil.copytree(DEPLOY, tmp_path / "deploy")
    shutil.copy(CHECKOUT / "docker-compose.yml", tmp_path)
    (tmp_path / "deploy" / "mingjing.env").write_text("POSTGRES_PASSWORD=x\nREDIS_PASSWORD=x\n")
    run = subprocess.run(
        [docker, "compose", "--env-file", "deploy/mingjing.env", "config", "--quiet"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr


def blocks(text: str) -> dict[str, str]:
    """The `location` blocks of an nginx file, by their argument."""
    return {argument.strip(): body for argument, body in re.findall(r"location ([^{]+)\{([^}]*)\}", text)}


def test_the_proxy_speaks_tls_and_does_not_buffer_the_live_stream() -> None:
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    assert text.count("{") == text.count("}")
    directives = [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]
    assert all(line.endswith((";", "{", "}")) for line in directives)
    assert "ssl_protocols TLSv1.2 TLSv1.3;" in text and "return 308 https://" in text
    stream = blocks(text)["/sse/"]
    assert "proxy_buffering off;" in stream and "gzip off;" in stream
    assert re.search(r"proxy_read_timeout \d+h;", stream)
    assert "X-Forwarded-Proto https;" in text


def test_the_proxy_logs_no_query_string() -> None:
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    (log_format,) = re.findall(r"log_format mingjing '([^']+)'", text)
    assert "$uri" in log_format
    assert not re.search(r"\$(request|request_uri|args|query_string|http_referer)\b", log_format)
    assert all(target in ("off", "/var/log/nginx/access.log mingjing") for target in re.findall(r"access_log ([^;]+);", text))


@pytest.mark.parametrize("unit", sorted((DEPLOY / "systemd").iterdir()), ids=lambda path: path.name)
def test_systemd_units_are_well_formed(unit: Path) -> None:
    import configparser

    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(unit, encoding="utf-8")
    assert parser.has_section("Unit") and parser.get("Unit", "Description").startswith("Mingjing")
    if unit.suffix == ".service":
        assert parser.get("Service", "User") == "mingjing"
        assert parser.get("Service", "ExecStart").startswith("/opt/mingjing/.venv/bin/")
        assert parser.get("Service", "NoNewPrivileges") == "yes"
    for name in parser.get("Unit", "Wants", fallback="").split():
        assert (unit.parent / name).exists()


def test_web_worker_and_beat_are_run_the_same_way_everywhere() -> None:
    """Compose, systemd and `manage.py up` must not drift apart in what they run."""
    from oversight.supervisor.children import roles

    up = {role.name: " ".join(role.command) for role in roles(host="127.0.0.1", port=8000, worker_threads=4)}
    dockerfile = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").replace('", "', " ")
    needed = {
        "web": [
            "uvicorn oversight.asgi:application",
            "--loop uvloop",
            "--no-access-log",
            "--timeout-graceful-shutdown 3",
            "--lifespan off",
        ],
        "worker": ["--app oversight.celery", "worker", "--pool threads", "--without-gossip", "--without-mingle"],
        "beat": ["--app oversight.celery", "beat", "--pidfile="],
    }
    for role, parts in needed.items():
        systemd = (DEPLOY / "systemd" / f"mingjing-{role}.service").read_text(encoding="utf-8")
        compose = dockerfile if role == "web" else " ".join(SERVICES[role]["command"])
        for where in (up[role].replace("--quiet ", ""), systemd, compose):
            assert all(part in where for part in parts), f"{role} lacks one of {parts} in: {where[-300:]}"


def test_the_image_is_built_from_a_wheelhouse_when_there_is_one_and_does_not_run_as_root() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    assert "--no-index --find-links=/tmp/wheels" in text
    assert re.search(r"^USER mingjing$", text, re.MULTILINE)
    copied = re.findall(r"^COPY (\S+) \S+$", text, re.MULTILINE)
    assert {"ledger", "risk", "oversight", "templates", "static", "locale"} <= set(copied)
    ignored = (CHECKOUT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for source in [*copied, "requirements.txt", "wheelhouse"]:
        assert f"!{source}" in ignored, f"{source} is copied into the image and kept out of it by .dockerignore"
