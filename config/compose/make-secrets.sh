#!/bin/sh
# Make the passwords that compose.yaml reads, each random and only once: what exists is kept.
# The folder is closed to others; the files in it are readable, because each container mounts
# only its own and reads it as a user that this machine does not know.
set -eu

folder="${1:-$(dirname "$0")/../../var/compose}"
mkdir -p "$folder"
chmod 700 "$folder"
cd "$folder"

keep() { # name, content
    if [ ! -e "$1" ]; then
        printf '%s' "$2" >"$1"
        chmod 444 "$1"
        echo "made $1"
    fi
}
random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

for name in postgres_password owner_password app_password valkey_password secret_key admin_password; do
    keep "$name" "$(random)"
done
keep database_url "postgresql://quire_app:$(cat app_password)@postgres:5432/quire"
keep owner_database_url "postgresql://quire_owner:$(cat owner_password)@postgres:5432/quire"
keep redis_url "redis://:$(cat valkey_password)@valkey:6379/0"
keep valkey_conf "requirepass $(cat valkey_password)"
keep encryption_keys "first:$(random)"
keep llm_api_key ""
