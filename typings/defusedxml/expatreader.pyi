from pyexpat import XMLParserType
from xml.sax.expatreader import ExpatParser

class DefusedExpatParser(ExpatParser):
    _parser: XMLParserType
