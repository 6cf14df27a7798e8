"""What is printed: letters by DIN 5008 and receipts, as PDF."""
