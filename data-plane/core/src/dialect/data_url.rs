use std::borrow::Cow;

use crate::dialect::neutral::Source;

/// What an address holds: a `data:` URL in base64 is content, everything else is somewhere else.
pub fn source(url: Cow<'_, str>) -> Source<'_> {
    match url {
        Cow::Borrowed(url) => match split(url) {
            Some((media_type, data)) => Source::Base64 { media_type: media_type.into(), data: data.into() },
            None => Source::Url(url.into()),
        },
        Cow::Owned(url) => match split(&url) {
            Some((media_type, data)) => {
                Source::Base64 { media_type: media_type.to_owned().into(), data: data.to_owned().into() }
            }
            None => Source::Url(url.into()),
        },
    }
}

/// The media type and the base64 of a `data:` URL.
pub fn split(url: &str) -> Option<(&str, &str)> {
    let rest = url.get(..5).filter(|it| it.eq_ignore_ascii_case("data:")).map(|_| &url[5..])?;
    let (head, data) = rest.split_once(',')?;
    let mut parameters = head.split(';');
    let media_type = parameters.next().filter(|it| !it.is_empty()).unwrap_or("text/plain");
    parameters.next_back().filter(|it| it.eq_ignore_ascii_case("base64")).map(|_| (media_type, data))
}

/// Content as an address.
pub fn write(media_type: &str, data: &str) -> String {
    format!("data:{media_type};base64,{data}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_urls_are_content_and_other_addresses_are_not() {
        assert_eq!(split("data:image/png;base64,QUJD"), Some(("image/png", "QUJD")));
        assert_eq!(split("DATA:image/png;name=a;BASE64,QUJD"), Some(("image/png", "QUJD")));
        assert_eq!(split("data:;base64,QUJD"), Some(("text/plain", "QUJD")));
        for other in ["data:text/plain,hello", "data:image/png;base64", "https://a/b.png", "dat", "dåta:,"] {
            assert_eq!(split(other), None, "{other}");
            assert_eq!(source(other.into()), Source::Url(other.into()));
        }
        assert_eq!(write("image/png", "QUJD"), "data:image/png;base64,QUJD");
    }
}
