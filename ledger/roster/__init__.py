"""Units, posts, agencies and people, who held what when, and who may use this system as what."""
