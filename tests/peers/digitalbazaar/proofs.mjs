// Digital Bazaar's Data Integrity libraries judge and make proofs: questions on stdin, answers on
// stdout. Nothing is fetched: documents come with the question, and JCS needs no context.
import * as Ed25519Multikey from "@digitalbazaar/ed25519-multikey";
import { DataIntegrityProof } from "@digitalbazaar/data-integrity";
import {
  createSignCryptosuite,
  createVerifyCryptosuite,
} from "@digitalbazaar/eddsa-jcs-2022-cryptosuite";
import jsigs from "jsonld-signatures";
import { text } from "node:stream/consumers";

const { AssertionProofPurpose } = jsigs.purposes;
const MULTIKEY = "https://w3id.org/security/multikey/v1";

function loaderOf(controller) {
  const keys = [controller.assertionMethod].flat();
  return async (url) => {
    const key = keys.find((one) => one.id === url);
    if (key === undefined) throw new Error(`${url}: the controller has no such key`);
    return { documentUrl: url, document: { "@context": MULTIKEY, ...key } };
  };
}

// The library compares contexts by `!==`, and no two objects that were parsed are one: an inline
// context would never do. Equal ones become one here; others stay two, and are refused.
function withOneContext(document) {
  const { "@context": context, proof } = document;
  if (JSON.stringify(context) !== JSON.stringify(proof["@context"])) return document;
  return { ...document, proof: { ...proof, "@context": context } };
}

const commands = {
  async verify({ document, controller }) {
    const result = await jsigs.verify(withOneContext(document), {
      suite: new DataIntegrityProof({ cryptosuite: createVerifyCryptosuite() }),
      purpose: new AssertionProofPurpose({ controller }),
      documentLoader: loaderOf(controller),
    });
    return result.verified;
  },
  async sign({ document, controller, secret }) {
    const [key] = [controller.assertionMethod].flat();
    const pair = await Ed25519Multikey.from({
      "@context": MULTIKEY, ...key, secretKeyMultibase: secret,
    });
    const suite = new DataIntegrityProof({
      signer: pair.signer(), cryptosuite: createSignCryptosuite(),
    });
    return jsigs.sign(document, {
      suite,
      purpose: new AssertionProofPurpose({ controller }),
      documentLoader: loaderOf(controller),
    });
  },
};

const answers = [];
for (const { what, ...words } of JSON.parse(await text(process.stdin))) {
  answers.push(await commands[what](words));
}
process.stdout.write(JSON.stringify(answers));
