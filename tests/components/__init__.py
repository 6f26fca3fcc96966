"""One file per part, plus the contract that every target fulfils."""
