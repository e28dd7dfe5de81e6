"""What every command needs of the terminal it runs in: inputs, outputs, progress, endings."""
