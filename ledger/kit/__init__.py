"""Ground floor: what every area needs and no area owns. No business words here."""
