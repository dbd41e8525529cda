#!/bin/sh
# Makes the certificates of this folder: an authority, a good certificate, and some that no client may take. They are
# for localhost and good until 2126, and nobody outside of these tests believes the authority.
set -eu
cd "$(dirname "$0")"
days=36500

request() { # name, kind of key
    openssl genpkey -algorithm RSA -pkeyopt "rsa_keygen_bits:$2" -out "$1.key" 2>/dev/null
    openssl req -new -key "$1.key" -subj "/CN=$1" -out "$1.csr"
}

sign() { # name, authority, digest
    printf 'basicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth\nsubjectAltName=DNS:localhost\n' >ext
    openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -CAcreateserial "-$3" -days "$days" \
        -extfile ext -out "$1.pem" 2>/dev/null
}

authority() { # name, bits
    request "$1" "$2"
    printf 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n' >ext
}

authority ca 2048
openssl x509 -req -in ca.csr -signkey ca.key -sha256 -days "$days" -extfile ext -out ca.pem 2>/dev/null
for name in good sha1 md5; do request "$name" 2048; done
request rsa1024 1024
sign good ca sha256
sign sha1 ca sha1
sign md5 ca md5
sign rsa1024 ca sha256
authority small 1024
openssl x509 -req -in small.csr -CA ca.pem -CAkey ca.key -CAcreateserial -sha256 -days "$days" \
    -extfile ext -out small.pem 2>/dev/null
request weak-authority 2048
sign weak-authority small sha256
cat small.pem >>weak-authority.pem
rm -f ./*.csr ./*.srl ext ca.key small.key small.pem
