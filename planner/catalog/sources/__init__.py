"""Where the files of a model lie: a folder, a bucket, the Hugging Face Hub."""
