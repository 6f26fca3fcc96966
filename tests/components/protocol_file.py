"""A file of a user's own with a hand-off protocol."""

SHORTEST = '''
from components.coprocessor import HandOffProtocol, LoadCodes, Start, StoreFeatures, protocol
from components.imac.contract import HandOff


@protocol("mine")
class Mine(HandOffProtocol):
    """The shortest there is."""

    contract = HandOff

    @classmethod
    def driver(cls, config):
        yield StoreFeatures(1)
        yield Start(0, 1.0)
        yield LoadCodes(1)
'''
