"""How kernels are compiled: the decorators, their cache on disk, memory, LLVM's own vectors."""
