// A mail server that takes nothing without STARTTLS and a login, and prints what it takes,
// one JSON object a line. The first line has its port.
import { readFileSync } from "node:fs";
import smtp from "smtp-server";

const [cert, key, user, password] = process.argv.slice(2);
const server = new smtp.SMTPServer({
  cert: readFileSync(cert),
  key: readFileSync(key),
  authMethods: ["PLAIN", "LOGIN"],
  onAuth: (auth, session, done) =>
    auth.username === user && auth.password === password ? done(null, { user }) : done(new Error("wrong login")),
  onData: (stream, session, done) => {
    const parts = [];
    stream.on("data", (part) => parts.push(part));
    stream.on("end", () => {
      console.log(JSON.stringify({ secure: session.secure, user: session.user, to: session.envelope.rcptTo[0].address, raw: Buffer.concat(parts).toString() }));
      done();
    });
  },
});
server.on("error", (error) => console.error(error.message)); // of a connection
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.server.address().port })));
