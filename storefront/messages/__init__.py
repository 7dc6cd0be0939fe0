"""What we owe to say: the outbox."""
