# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # for lib.sh, which reads this
# What depends on your hosts. These are those that local/setup plays.

# How ssh finds a host by its id: names, ports, users, keys, known_hosts. Empty: as
# ssh does for yourself, by ~/.ssh/config and /etc/ssh/ssh_config.
ssh_config=$here/.state/ssh_config
# Here, on this side: web-VERSION.tar.gz for each release.
releases=$here/.state/releases
# The folder on a host, from the login's home; or absolute, like /srv/web.
dir=web
# Run in that folder when `current` is another release; for systemd, say,
# 'sudo -n systemctl restart web'.
restart='./service restart'
