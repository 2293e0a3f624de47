"""Who did or saw what. One function writes here, nothing changes or removes what it wrote."""
