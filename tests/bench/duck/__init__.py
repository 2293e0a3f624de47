"""The catalogue's rules on transactions as hand-written DuckDB SQL over the same Parquet files: what the engine's sweep is measured
  against.

One module a detector; each turns a rule into one statement that gives (subject, day, level). Rules on records (complaints, impounds,
discipline, quarantine) are left out: they are few rows, read from the database, and never in Parquet.
"""
