"""Who someone is: accounts, sign-in links, passwords, sessions."""
