"""The reviewer's summary of a preview: what changes, in the platform's terms."""
