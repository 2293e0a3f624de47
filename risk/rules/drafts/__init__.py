"""Rules as they might be (规则草案): written by people or proposed by the catalogue, published with the checklist by a second person."""
