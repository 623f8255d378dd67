"""EC2 key pairs."""

from dataclasses import replace

from rehearsal.aws.resource_type import ResourceType
from rehearsal.aws.spec import Lookup, ec2_tags

TYPE = ResourceType(
    token="aws:ec2/keyPair:KeyPair",
    service="ec2",
    create="import_key_pair",
    id="{keyName}",
    read=Lookup(operation="describe_key_pairs", arguments={"KeyNames": ["{id}"]}, path="KeyPairs.0"),
    delete=("delete_key_pair", {"KeyName": "{id}"}),
    renames={"publicKey": "PublicKeyMaterial"},
    replace=frozenset({"keyName", "keyNamePrefix", "publicKey"}),
    tags=replace(ec2_tags("key-pair"), arguments={"Resources": ["{keyPairId}"]}),
    name="keyName",
    outputs={
        "arn": "arn:{partition}:ec2:{region}:{account}:key-pair/{id}",
        "keyPairId": "KeyPairId",
        "fingerprint": "KeyFingerprint",
    },
    empty={"keyNamePrefix": "", "keyType": "rsa"},
)
