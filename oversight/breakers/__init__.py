"""熔断: what stops by itself when verified warnings about one subject add up, who may let it go on, and what that costs the public."""
