# kproto
