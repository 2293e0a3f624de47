"""规则与历史推演: the rules, how they do, and drafts of what they might say, played over history before anybody submits them."""
