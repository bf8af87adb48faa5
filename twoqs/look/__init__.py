"""Opening results, choosing from them, tables, pictures, comparisons with theory."""
