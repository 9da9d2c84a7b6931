#include "wire/http1/message.h"

namespace stead::wire::http1 {

// Read by people: operators in the log, and whoever wrote the client in the answer's body. Each says what was expected.
std::string_view describe(Refusal refusal) {
  switch (refusal) {
    case Refusal::None:
      return "nothing is wrong";
    case Refusal::BadRequestLine:
      return "The request line is not: method, one blank, target, one blank, version";
    case Refusal::BadMethod:
      return "The method is not a token of at most 32 characters, or a known one in the wrong case";
    case Refusal::BadTarget:
      return "The target is not a path, an http or https URL without user and fragment, or the form that its method "
             "asks for";
    case Refusal::TargetTooLong:
      return "The target is too long";
    case Refusal::BadVersion:
      return "The version is not HTTP/1.0 or HTTP/1.1";
    case Refusal::UnsupportedVersion:
      return "This version of HTTP is not spoken here, only 1.0 and 1.1";
    case Refusal::BadFieldName:
      return "A field's name is empty, holds a character that may not be in it, or has no colon right behind it";
    case Refusal::BadFieldValue:
      return "A field's value holds a control character, or Connection is not a short list of options";
    case Refusal::BareLineFeed:
      return "A line does not end with CR and LF, or one of them stands alone";
    case Refusal::ObsoleteFold:
      return "A field line begins with white space";
    case Refusal::TooManyFields:
      return "There are too many fields";
    case Refusal::HeadTooLarge:
      return "The head is too large";
    case Refusal::MissingHost:
      return "The Host field is missing";
    case Refusal::BadHost:
      return "The Host field is there twice, or is not a host with an optional port";
    case Refusal::BadContentLength:
      return "Content-Length is not one decimal number, is there twice, or may not be there";
    case Refusal::LengthAndChunked:
      return "Content-Length and Transfer-Encoding together";
    case Refusal::BadTransferEncoding:
      return "Transfer-Encoding does not end with chunked, says it twice, or may not be there";
    case Refusal::UnsupportedTransferEncoding:
      return "The only transfer coding known here is chunked";
    case Refusal::BadStatusLine:
      return "The status line is not: version, one blank, three digits, one blank, reason";
    case Refusal::BadChunk:
      return "The chunked body is malformed";
    case Refusal::TrailersTooLarge:
      return "The trailer fields are too large";
    case Refusal::UnsupportedExpect:
      return "The only expectation known here is 100-continue";
  }
  return "unknown";
}

std::uint16_t status_for(Refusal refusal) {
  switch (refusal) {
    case Refusal::TargetTooLong:
      return 414;
    case Refusal::UnsupportedExpect:
      return 417;
    case Refusal::TooManyFields:
    case Refusal::HeadTooLarge:
    case Refusal::TrailersTooLarge:
      return 431;  // RFC 6585 section 5
    case Refusal::UnsupportedTransferEncoding:
      return 501;  // RFC 9112 section 6.1
    case Refusal::UnsupportedVersion:
      return 505;
    default:
      return 400;
  }
}

}  // namespace stead::wire::http1
