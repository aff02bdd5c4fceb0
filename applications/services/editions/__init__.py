"""The life of an edition brought to the portal: loaded, rehearsed, published by a second person, called off."""
