"""The client half of the gate: courses, treatments, screening, approvals, reactions."""
