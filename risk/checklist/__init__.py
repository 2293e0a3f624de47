"""The risk checklist (权力运行廉政风险清单): published versions of its items, from post and step to risk point, control and basis."""
