"""cp-pricing: exact customer-tuning pricing solver."""
