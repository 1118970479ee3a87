// Run by mongosh --nodb: makes the members a replica set, and the user of Crier with the
// rights that it needs, in the database crier. Running it again changes nothing but the
// password, to what the secret says.
const { readFileSync } = require("fs");
const secret = (name) => readFileSync("/run/secrets/" + name, "utf8").trim();
const root = "root:" + encodeURIComponent(secret("mongo-root-password"));
const members = ["mongo-1:27017", "mongo-2:27017", "mongo-3:27017"];

const first = connect(`mongodb://${root}@${members[0]}/admin?directConnection=true`);
try {
  first.adminCommand({ replSetGetStatus: 1 });
} catch (e) {
  if (e.codeName !== "NotYetInitialized") throw e;
  first.adminCommand({
    replSetInitiate: { _id: "crier", members: members.map((host, id) => ({ _id: id, host })) },
  });
}

// This waits for a primary.
const db = connect(
  `mongodb://${root}@${members.join()}/crier?authSource=admin&replicaSet=crier&serverSelectionTimeoutMS=60000`,
);
const user = { pwd: secret("mongo-crier-password"), roles: [{ role: "readWrite", db: "crier" }] };
if (db.getUser("crier") === null) {
  db.createUser({ user: "crier", ...user });
} else {
  db.updateUser("crier", user);
}
