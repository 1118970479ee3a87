import de.bwaldvogel.mongo.MongoBackend;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A server of MongoDB's wire protocol for tests: mongo-java-server, one command at a time.
 *
 * <p>Usage: TestServer HOST:PORT
 *
 * <p>Once it listens it prints its URL on one line. Port 0 is a free one. It ends when its standard
 * input does, so that it never outlives the script that started it. It keeps everything in memory.
 */
final class TestServer {
    /** The version that clients are told. The library names an older one, which drivers refuse. */
    private static final List<Integer> VERSION = List.of(5, 0, 0);
    /** https://github.com/mongodb/mongo/blob/master/src/mongo/db/wire_version.h */
    private static final int WIRE_VERSION = 13;

    private TestServer() {}

    public static void main(String[] args) throws IOException {
        if (args.length != 1) {
            System.err.println("usage: TestServer HOST:PORT");
            System.exit(2);
        }
        int colon = args[0].lastIndexOf(':');
        String host = args[0].substring(0, colon);
        MongoBackend backend = inMemory();
        backend.version(new MongoVersion() {
            @Override
            public List<Integer> getVersionArray() {
                return VERSION;
            }

            @Override
            public int getWireVersion() {
                return WIRE_VERSION;
            }
        });
        MongoServer server = new MongoServer(backend);
        server.bind(new InetSocketAddress(host, Integer.parseInt(args[0].substring(colon + 1))));
        System.out.println("mongodb://" + host + ":" + server.getLocalAddress().getPort() + "/");
        System.in.transferTo(OutputStream.nullOutputStream());
        server.shutdownNow();
    }

    private static MongoBackend inMemory() {
        Object lock = new Object();
        return new MemoryBackend() {
            @Override
            public Document handleMessage(MongoMessage message) {
                return alone(lock, () -> handle(this, message, super::handleMessage));
            }
        };
    }

    private static String name(MongoMessage message) {
        return message.getDocument().keySet().iterator().next();
    }

    /** Handles a command as the library does; hello, which it lacks, is isMaster by another name. */
    private static Document handle(MongoBackend backend, MongoMessage message, Function<MongoMessage, Document> library) {
        if (!name(message).equals("hello")) {
            return library.apply(message);
        }
        Document reply = backend.handleCommand(message.getChannel(), message.getDatabaseName(), "isMaster", message.getDocument());
        reply.put("isWritablePrimary", reply.remove("ismaster"));
        return reply;
    }

    /**
     * Runs a command while no other runs, as far as its reply, which is copied. By itself the library
     * locks one collection for a part of a command, and its replies share documents with the
     * collection: they are written to the connection after that, while the next update changes them, so
     * that a client may read half of an update. MongoDB never shows that, so this may not either.
     */
    private static Document alone(Object lock, Supplier<Document> command) {
        synchronized (lock) {
            Document reply = command.get();
            return reply == null ? null : reply.cloneDeeply();
        }
    }
}
