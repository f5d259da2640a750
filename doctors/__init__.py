"""Who is a doctor: registers, verification, credentials, trust."""
