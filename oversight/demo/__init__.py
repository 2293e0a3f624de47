"""The demonstration detachment: invented units, people and business, with dates relative to today. Never in production."""
