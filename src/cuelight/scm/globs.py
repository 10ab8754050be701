"""Which paths of a repository are descriptors: the globs of `catalogPath`.

`*` and `?` stay within one path segment, `**` as a whole segment stands for any number of them, `{a,b}` for either;
dot files match only where the pattern says the dot, as in minimatch, which Backstage uses.
"""
