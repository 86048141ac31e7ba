"""What usually happens: working times, retries, waiting and flaky checks of earlier runs, as pure rules (SPEC 7)."""
