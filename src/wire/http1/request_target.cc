#include "wire/http1/request_target.h"

#include <algorithm>

#include "wire/http1/characters.h"
#include "wire/http1/host.h"

namespace stead::wire::http1 {

namespace {

Piece piece(std::size_t offset, std::size_t length) {
  return {static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(length)};
}

// Of origin-form, or of what follows the authority.
void split_path(std::string_view text, std::size_t offset, Target& target) {
  const std::size_t mark = text.find('?');
  if (mark == std::string_view::npos) {
    target.path = piece(offset, text.size());
    return;
  }
  target.path = piece(offset, mark);
  target.query = piece(offset + mark, text.size() - mark);
}

// "http://" authority [ "/" path ] [ "?" query ]. Without a path it is "/" (section 3.2.1), for which the second slash
// of
// "://" is pointed at: there is no other in the head. So an OPTIONS of a whole server in absolute-form, which the last
// proxy would turn into "*", asks for "/" here; to its clients Stead is the origin server.
Target split_absolute(std::string_view text, std::size_t offset) {
  const std::size_t scheme = text.find("://");
  if (scheme == std::string_view::npos) return {};
  const std::string_view name = text.substr(0, scheme);
  if (!equals_ignoring_case(name, "http") && !equals_ignoring_case(name, "https")) return {};
  const std::size_t authority = scheme + 3;
  const std::size_t authority_end = std::min(text.find_first_of("/?", authority), text.size());
  if (!is_host(text.substr(authority, authority_end - authority))) return {};

  Target target{.valid = true, .path = {}, .query = {}, .authority = {}};
  target.authority = piece(offset + authority, authority_end - authority);
  split_path(text.substr(authority_end), offset + authority_end, target);
  if (target.path.length == 0) target.path = piece(offset + authority - 1, 1);
  return target;
}

}  // namespace

Target split_target(std::string_view head, Piece target, Method method) {
  const std::string_view text = target.in(head);
  Target result;
  if (method == Method::Connect) {  // authority-form, and no other (section 3.2.3); it has no path
    result.valid = is_host(text, PortRule::Required);
    result.authority = target;
    return result;
  }
  if (text.starts_with('/')) {
    result.valid = true;
    split_path(text, target.offset, result);
    return result;
  }
  if (text == "*") {  // section 3.2.4: of OPTIONS only
    result.valid = method == Method::Options;
    result.path = target;
    return result;
  }
  return split_absolute(text, target.offset);
}

}  // namespace stead::wire::http1
