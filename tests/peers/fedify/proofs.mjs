// Fedify judges and makes proofs of documents that are no activities: questions on stdin, answers on
// stdout. Nothing is fetched: documents come with the question, contexts with Fedify.
import { createProof, verifyProof } from "@fedify/fedify";
import { DataIntegrityProof } from "@fedify/fedify/vocab";
import { text } from "node:stream/consumers";

const PROOF_CONTEXT = "https://w3id.org/security/data-integrity/v1";

// Of an object it writes the document and signs that: this one is written already.
function written(document) {
  return { clone: () => ({ toJsonLd: async () => document }) };
}

const commands = {
  async verify({ document, controller }) {
    const { "@context": _, ...said } = document.proof;
    const proof = await DataIntegrityProof.fromJsonLd({ "@context": PROOF_CONTEXT, ...said });
    const documentLoader = async (url) => {
      if (url.split("#")[0] !== controller.id) throw new Error(`${url}: nobody asked for this`);
      return { contextUrl: null, documentUrl: url, document: controller };
    };
    return (await verifyProof(document, proof, { documentLoader })) != null;
  },
  async sign({ document, controller, jwk }) {
    const key = await crypto.subtle.importKey("jwk", jwk, "Ed25519", true, ["sign"]);
    const [method] = [controller.assertionMethod].flat();
    const proof = await createProof(written(document), key, new URL(method.id));
    const { "@context": _, ...said } = await proof.toJsonLd({
      format: "compact", context: PROOF_CONTEXT,
    });
    return { ...document, proof: { "@context": document["@context"], ...said } };
  },
};

const answers = [];
for (const { what, ...words } of JSON.parse(await text(process.stdin))) {
  answers.push(await commands[what](words));
}
process.stdout.write(JSON.stringify(answers));
