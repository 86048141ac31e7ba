"""The screen in a browser: who may come in (`door`), the process of a tab (`tab`), and the server (`server`)."""
