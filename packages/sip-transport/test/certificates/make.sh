#!/bin/sh
# Makes the certificates of the tests: an authority, and what it signed. Valid from 2020 for a century; for tests only.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
: > "$work/index.txt"
cat > "$work/ca.cnf" <<END
[ca]
default_ca = a
[a]
database = $work/index.txt
rand_serial = yes
new_certs_dir = $work
default_md = sha256
policy = p
copy_extensions = copy
[p]
commonName = supplied
END

# sign NAME COMMON-NAME EXTENSIONS END [option of openssl ca...]
sign() {
  name=$1 common=$2 extensions=$3 end=$4
  shift 4
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$name.key" 2>/dev/null
  openssl req -new -key "$name.key" -subj "/CN=$common" -addext "$extensions" > "$work/request"
  openssl ca -batch -notext -config "$work/ca.cnf" -startdate 20200101000000Z -enddate "$end" -in "$work/request" -out "$name.pem" "$@" 2>/dev/null
}

century=21200101000000Z
sign authority 'Strowger test authority' 'basicConstraints=critical,CA:TRUE' $century -selfsign -keyfile authority.key
by='-cert authority.pem -keyfile authority.key'
sign server sip.example.test 'subjectAltName=URI:sip:example.test,DNS:sip.example.test,IP:127.0.0.1,IP:::1' $century $by
sign renewed renewed.example.test 'subjectAltName=URI:sip:example.test,DNS:sip.example.test,IP:127.0.0.1,IP:::1' $century $by
sign other other.test 'subjectAltName=DNS:other.test,DNS:*.wild.test' $century $by
sign carrier carrier.test 'subjectAltName=URI:sip:carrier.test' $century $by
sign expired 127.0.0.1 'subjectAltName=IP:127.0.0.1' 20200201000000Z $by
sign stranger stranger.test 'subjectAltName=IP:127.0.0.1' $century -selfsign -keyfile stranger.key
rm -rf authority.key "$work"
