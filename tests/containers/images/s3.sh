#!/bin/sh
# As the public image: the backend and its argument come from the environment, the rest the program reads there itself.
exec versitygw "$VGW_BACKEND" "$VGW_BACKEND_ARG"
