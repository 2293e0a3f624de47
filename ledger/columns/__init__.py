"""The columnar copy of the journal: Parquet by line and month, disposable, the only reader of bulk history."""
