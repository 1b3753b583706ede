"""The agent: how a question becomes a cited answer. No Django in here; what it may call comes in `AgentContext`."""
