"""What `sudi check` and `sudi preview` say of files: read as Sudi will read them, without a store."""
