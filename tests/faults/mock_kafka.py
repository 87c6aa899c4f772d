"""A cluster of Kafka inside this process: librdkafka's mock brokers and a producer, by ctypes."""
import ctypes
import ctypes.util

WAIT_MS = 10_000
COPY = 2  # RD_KAFKA_MSG_F_COPY
PRODUCER = 0


def _library():
    name = ctypes.util.find_library("rdkafka")
    if name is None:
        return None
    lib = ctypes.CDLL(name)
    p, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    for function, result, arguments in [
        ("rd_kafka_conf_new", p, []), ("rd_kafka_conf_set", number, [p, text, text, text, ctypes.c_size_t]),
        ("rd_kafka_new", p, [number, p, text, ctypes.c_size_t]), ("rd_kafka_mock_cluster_new", p, [p, number]),
        ("rd_kafka_mock_topic_create", number, [p, text, number, number]),
        ("rd_kafka_mock_cluster_bootstraps", text, [p]),
        ("rd_kafka_mock_broker_set_down", number, [p, ctypes.c_int32]),
        ("rd_kafka_mock_broker_set_up", number, [p, ctypes.c_int32]),
        ("rd_kafka_topic_new", p, [p, text, p]), ("rd_kafka_flush", number, [p, number]), ("rd_kafka_destroy", None, [p]),
        ("rd_kafka_topic_destroy", None, [p]), ("rd_kafka_mock_cluster_destroy", None, [p]),
        ("rd_kafka_produce", number,
         [p, ctypes.c_int32, number, text, ctypes.c_size_t, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p])
    ]:
        getattr(lib, function).restype = result
        getattr(lib, function).argtypes = arguments
    return lib


RDKAFKA = _library()


class MockKafka:
    """One broker with one topic, "feedback". None of its messages is deleted."""
    def __init__(self, partitions=2):
        self.partitions = partitions
        self.host = self._client({})
        self.cluster = RDKAFKA.rd_kafka_mock_cluster_new(self.host, 1)
        RDKAFKA.rd_kafka_mock_topic_create(self.cluster, b"feedback", partitions, 1)
        self.brokers = RDKAFKA.rd_kafka_mock_cluster_bootstraps(self.cluster).decode()
        self.producer = self._client({"bootstrap.servers": self.brokers})
        self.topic = RDKAFKA.rd_kafka_topic_new(self.producer, b"feedback", None)

    @staticmethod
    def _client(settings):
        why = ctypes.create_string_buffer(512)
        conf = RDKAFKA.rd_kafka_conf_new()
        for key, value in ({"log_level": "0"} | settings).items():
            if RDKAFKA.rd_kafka_conf_set(conf, key.encode(), value.encode(), why, len(why)) != 0:
                raise RuntimeError(why.value.decode())
        client = RDKAFKA.rd_kafka_new(PRODUCER, conf, why, len(why))
        if not client:
            raise RuntimeError(why.value.decode())
        return client

    @property
    def address(self):
        return f"kafka://{self.brokers}/feedback"

    def send(self, messages):
        """(partition, text) in their order; returns when the broker has all of them."""
        for partition, text in messages:
            data = text.encode()
            if RDKAFKA.rd_kafka_produce(self.topic, partition, COPY, data, len(data), None, 0, None) != 0:
                raise RuntimeError("the producer did not take a message")
        if RDKAFKA.rd_kafka_flush(self.producer, WAIT_MS) != 0:
            raise RuntimeError("the mock broker did not take the messages")

    def down(self):
        RDKAFKA.rd_kafka_mock_broker_set_down(self.cluster, 1)

    def up(self):
        RDKAFKA.rd_kafka_mock_broker_set_up(self.cluster, 1)

    def close(self):
        RDKAFKA.rd_kafka_topic_destroy(self.topic)
        RDKAFKA.rd_kafka_destroy(self.producer)
        RDKAFKA.rd_kafka_mock_cluster_destroy(self.cluster)
        RDKAFKA.rd_kafka_destroy(self.host)
