"""Objectives, alerts and the queries behind them, as plain data: no Pulumi, no I/O."""
