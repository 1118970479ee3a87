import de.bwaldvogel.mongo.MongoBackend;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.AbstractMongoBackend;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.h2.mvstore.MVStore;

/**
 * A server of MongoDB's wire protocol for tests: mongo-java-server, one command at a time.
 *
 * <p>Usage: TestServer HOST:PORT memory | file PATH
 *
 * <p>Once it listens it prints its URL on one line. Port 0 is a free one. It ends when its standard
 * input does, so that it never outlives the test that started it. In a file, what was acknowledged
 * is there after the process was killed; a power failure may take it.
 */
final class TestServer {
    /** The version that clients are told. The library names an older one, which drivers refuse. */
    private static final List<Integer> VERSION = List.of(5, 0, 0);
    /** https://github.com/mongodb/mongo/blob/master/src/mongo/db/wire_version.h */
    private static final int WIRE_VERSION = 13;
    private static final int CACHE_MIB = 64;
    /** Commands after which there is nothing to be written to the file. */
    private static final Set<String> READING = Set.of(
            "aggregate", "buildInfo", "count", "distinct", "endSessions", "find", "getMore", "hello",
            "isMaster", "ismaster", "killCursors", "listCollections", "listIndexes", "ping", "serverStatus");

    private TestServer() {}

    public static void main(String[] args) throws IOException {
        if (args.length < 2 || !(args[1].equals("memory") && args.length == 2 || args[1].equals("file") && args.length == 3)) {
            System.err.println("usage: TestServer HOST:PORT memory | file PATH");
            System.exit(2);
        }
        int colon = args[0].lastIndexOf(':');
        String host = args[0].substring(0, colon);
        MongoBackend backend = args[1].equals("file") ? inFile(args[2]) : inMemory();
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

    private static AbstractMongoBackend inMemory() {
        Object lock = new Object();
        return new MemoryBackend() {
            @Override
            public Document handleMessage(MongoMessage message) {
                return alone(lock, () -> handle(this, message, super::handleMessage));
            }
        };
    }

    private static AbstractMongoBackend inFile(String path) {
        Object lock = new Object();
        MVStore store = new MVStore.Builder().fileName(path).cacheSize(CACHE_MIB).autoCommitDisabled().open();
        // Room is used again at once: only after a power failure would older data be needed.
        store.setRetentionTime(0);
        return new H2Backend(store) {
            @Override
            public Document handleMessage(MongoMessage message) {
                return alone(lock, () -> {
                    try {
                        return handle(this, message, super::handleMessage);
                    } finally {
                        if (!READING.contains(name(message))) {
                            store.commit();
                        }
                    }
                });
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
