"""Shells in processes of their own: a crash of one must not be a crash of the site.

bashkit bounds a good deal, but not how deep `eval` or a script that starts itself may nest, and
a stack that runs over ends the whole process. So each shell lives in a small worker process:

    site                                        zygote (bashkit imported, one thread)
      pool.Pool ── "fork one" + two sockets ──►   fork ─► worker: interpreter.serve
      remote.RemoteInterpreter ◄── control: scripts, output, calls of our commands ──► bashkit
      served.ServedFiles       ◄── files: every access to the container's files   ──── files.py

The modules `wire`, `zygote`, `confinement`, `interpreter` and `files` run in the zygote under
another package name, without the rest of the site; that is why they import each other relatively
and nothing else.
"""
