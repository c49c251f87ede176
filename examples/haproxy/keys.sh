#!/bin/sh
# keys.sh DIRECTORY > keys.cfg: for each public key of the directory, a rule that verifies by it. A key that is
# published no longer must not be there.
set -eu
directory=$(cd "$1" && pwd)

echo 'defaults verified'
echo '    mode http'
for file in "$directory"/*.pem; do
    [ -e "$file" ] || { echo "$0: $directory has no keys" >&2; exit 1; }
    kid=$(basename "$file" .pem)
    echo "    http-request set-var(txn.verified) http_auth_bearer,jwt_verify(ES256,$file) if { http_auth_bearer,jwt_header_query('\$.kid') -m str -- $kid }"
done
