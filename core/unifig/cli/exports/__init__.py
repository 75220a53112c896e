"""What ``unifig export`` writes: JSON, CSV and Parquet."""
