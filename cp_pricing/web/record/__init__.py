"""Who may do what with quotes on record, over HTTP: for the desk, its approvers and a customer."""
